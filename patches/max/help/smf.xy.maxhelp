{
 "patcher": {
  "fileversion": 1,
  "appversion": {
   "major": 8,
   "minor": 6,
   "revision": 5,
   "architecture": "x64",
   "modernui": 1
  },
  "classnamespace": "box",
  "rect": [
   80.0,
   100.0,
   760.0,
   560.0
  ],
  "openinpresentation": 0,
  "default_fontsize": 12.0,
  "default_fontname": "Arial",
  "gridsize": [
   15.0,
   15.0
  ],
  "boxes": [
   {
    "box": {
     "id": "obj-1",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p basic",
     "patching_rect": [
      20.0,
      42.0,
      61.0,
      22.0
     ],
     "patcher": {
      "fileversion": 1,
      "appversion": {
       "major": 8,
       "minor": 6,
       "revision": 5,
       "architecture": "x64",
       "modernui": 1
      },
      "classnamespace": "box",
      "rect": [
       80.0,
       100.0,
       760.0,
       530.0
      ],
      "openinpresentation": 0,
      "default_fontsize": 12.0,
      "default_fontname": "Arial",
      "gridsize": [
       15.0,
       15.0
      ],
      "showontab": 1,
      "boxes": [
       {
        "box": {
         "id": "obj-1",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          12.0,
          92.0,
          27.0
         ],
         "text": "smf.xy",
         "fontsize": 18.0,
         "fontface": 1
        }
       },
       {
        "box": {
         "id": "obj-2",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          48.0,
          172.39999999999998,
          22.0
         ],
         "text": "a pad for two parameters"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          84.0,
          495.79999999999995,
          22.0
         ],
         "text": "1. start the daemon in a terminal: smfosc serve. The lamp says connected:"
        }
       },
       {
        "box": {
         "id": "obj-4",
         "maxclass": "bpatcher",
         "name": "smf.connect.maxpat",
         "args": [
          "127.0.0.1",
          7770,
          7772
         ],
         "numinlets": 0,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          116.0,
          420.0,
          86.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          116.0,
          420.0,
          86.0
         ],
         "bgmode": 0,
         "border": 0,
         "clickthrough": 0,
         "embed": 0,
         "enablehscroll": 0,
         "enablevscroll": 0,
         "lockeddragscroll": 0,
         "offset": [
          0.0,
          0.0
         ],
         "viewvisibility": 1
        }
       },
       {
        "box": {
         "id": "obj-5",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          222.0,
          66.8,
          22.0
         ],
         "text": "2. play:"
        }
       },
       {
        "box": {
         "id": "obj-6",
         "maxclass": "bpatcher",
         "name": "smf.xy.maxpat",
         "args": [
          "v1",
          "pitch",
          "timbre"
         ],
         "numinlets": 2,
         "numoutlets": 2,
         "outlettype": [
          "",
          ""
         ],
         "patching_rect": [
          20.0,
          254.0,
          240.0,
          250.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          254.0,
          240.0,
          250.0
         ],
         "bgmode": 0,
         "border": 0,
         "clickthrough": 0,
         "embed": 0,
         "enablehscroll": 0,
         "enablevscroll": 0,
         "lockeddragscroll": 0,
         "offset": [
          0.0,
          0.0
         ],
         "viewvisibility": 1
        }
       }
      ],
      "lines": [],
      "dependency_cache": [],
      "autosave": 0
     }
    }
   },
   {
    "box": {
     "id": "obj-2",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p move",
     "patching_rect": [
      140.0,
      42.0,
      54.4,
      22.0
     ],
     "patcher": {
      "fileversion": 1,
      "appversion": {
       "major": 8,
       "minor": 6,
       "revision": 5,
       "architecture": "x64",
       "modernui": 1
      },
      "classnamespace": "box",
      "rect": [
       80.0,
       100.0,
       760.0,
       594.0
      ],
      "openinpresentation": 0,
      "default_fontsize": 12.0,
      "default_fontname": "Arial",
      "gridsize": [
       15.0,
       15.0
      ],
      "showontab": 1,
      "boxes": [
       {
        "box": {
         "id": "obj-1",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          12.0,
          68.0,
          27.0
         ],
         "text": "move",
         "fontsize": 18.0,
         "fontface": 1
        }
       },
       {
        "box": {
         "id": "obj-2",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          48.0,
          350.59999999999997,
          22.0
         ],
         "text": "from 0 to 1, over the whole range of each parameter"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.xy.maxpat",
         "args": [
          "v1",
          "pitch",
          "timbre"
         ],
         "numinlets": 2,
         "numoutlets": 2,
         "outlettype": [
          "",
          ""
         ],
         "patching_rect": [
          20.0,
          290.0,
          240.0,
          250.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          290.0,
          240.0,
          250.0
         ],
         "bgmode": 0,
         "border": 0,
         "clickthrough": 0,
         "embed": 0,
         "enablehscroll": 0,
         "enablevscroll": 0,
         "lockeddragscroll": 0,
         "offset": [
          0.0,
          0.0
         ],
         "viewvisibility": 1
        }
       },
       {
        "box": {
         "id": "obj-4",
         "maxclass": "newobj",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          552.0,
          93.19999999999999,
          22.0
         ],
         "text": "print smf.xy"
        }
       },
       {
        "box": {
         "id": "obj-5",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          84.0,
          40.0,
          22.0
         ],
         "text": "0."
        }
       },
       {
        "box": {
         "id": "obj-6",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          84.0,
          40.4,
          22.0
         ],
         "text": "left"
        }
       },
       {
        "box": {
         "id": "obj-7",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          50.0,
          117.0,
          40.0,
          22.0
         ],
         "text": "1."
        }
       },
       {
        "box": {
         "id": "obj-8",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          117.0,
          47.0,
          22.0
         ],
         "text": "right"
        }
       },
       {
        "box": {
         "id": "obj-9",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          80.0,
          150.0,
          40.0,
          22.0
         ],
         "text": "0."
        }
       },
       {
        "box": {
         "id": "obj-10",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          150.0,
          40.4,
          22.0
         ],
         "text": "down"
        }
       },
       {
        "box": {
         "id": "obj-11",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          110.0,
          183.0,
          40.0,
          22.0
         ],
         "text": "1."
        }
       },
       {
        "box": {
         "id": "obj-12",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          183.0,
          40.0,
          22.0
         ],
         "text": "up"
        }
       }
      ],
      "lines": [
       {
        "patchline": {
         "source": [
          "obj-3",
          0
         ],
         "destination": [
          "obj-4",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-5",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-7",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-9",
          0
         ],
         "destination": [
          "obj-3",
          1
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-11",
          0
         ],
         "destination": [
          "obj-3",
          1
         ]
        }
       }
      ],
      "dependency_cache": [],
      "autosave": 0
     }
    }
   },
   {
    "box": {
     "id": "obj-3",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p reference",
     "patching_rect": [
      260.0,
      42.0,
      87.4,
      22.0
     ],
     "patcher": {
      "fileversion": 1,
      "appversion": {
       "major": 8,
       "minor": 6,
       "revision": 5,
       "architecture": "x64",
       "modernui": 1
      },
      "classnamespace": "box",
      "rect": [
       80.0,
       100.0,
       760.0,
       530.0
      ],
      "openinpresentation": 0,
      "default_fontsize": 12.0,
      "default_fontname": "Arial",
      "gridsize": [
       15.0,
       15.0
      ],
      "showontab": 1,
      "boxes": [
       {
        "box": {
         "id": "obj-1",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          12.0,
          128.0,
          27.0
         ],
         "text": "reference",
         "fontsize": 18.0,
         "fontface": 1
        }
       },
       {
        "box": {
         "id": "obj-2",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          48.0,
          172.39999999999998,
          22.0
         ],
         "text": "a pad for two parameters"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          84.0,
          212.0,
          22.0
         ],
         "text": "inlet 1: float: across, 0 to 1"
        }
       },
       {
        "box": {
         "id": "obj-4",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          111.0,
          185.6,
          22.0
         ],
         "text": "inlet 2: float: up, 0 to 1"
        }
       },
       {
        "box": {
         "id": "obj-5",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          138.0,
          218.6,
          22.0
         ],
         "text": "outlet 1: float: across, 0 to 1"
        }
       },
       {
        "box": {
         "id": "obj-6",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          165.00000000000003,
          192.2,
          22.0
         ],
         "text": "outlet 2: float: up, 0 to 1"
        }
       },
       {
        "box": {
         "id": "obj-7",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          192.00000000000003,
          383.59999999999997,
          22.0
         ],
         "text": "argument 1. the voice's name, as in /voice/NAME (needed)"
        }
       },
       {
        "box": {
         "id": "obj-8",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          219.00000000000003,
          284.59999999999997,
          22.0
         ],
         "text": "argument 2. the parameter across (needed)"
        }
       },
       {
        "box": {
         "id": "obj-9",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          246.00000000000006,
          291.2,
          22.0
         ],
         "text": "argument 3. the parameter upwards (needed)"
        }
       }
      ],
      "lines": [],
      "dependency_cache": [],
      "autosave": 0
     }
    }
   },
   {
    "box": {
     "id": "obj-4",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p ?",
     "patching_rect": [
      380.0,
      42.0,
      54.0,
      22.0
     ],
     "patcher": {
      "fileversion": 1,
      "appversion": {
       "major": 8,
       "minor": 6,
       "revision": 5,
       "architecture": "x64",
       "modernui": 1
      },
      "classnamespace": "box",
      "rect": [
       80.0,
       100.0,
       760.0,
       530.0
      ],
      "openinpresentation": 0,
      "default_fontsize": 12.0,
      "default_fontname": "Arial",
      "gridsize": [
       15.0,
       15.0
      ],
      "showontab": 1,
      "boxes": [
       {
        "box": {
         "id": "obj-1",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          12.0,
          116.0,
          27.0
         ],
         "text": "see also",
         "fontsize": 18.0,
         "fontface": 1
        }
       },
       {
        "box": {
         "id": "obj-2",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          48.0,
          284.59999999999997,
          22.0
         ],
         "text": "a click opens the help of another patcher"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "newobj",
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          168.0,
          66.8,
          22.0
         ],
         "text": "pcontrol"
        }
       },
       {
        "box": {
         "id": "obj-4",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          84.0,
          178.39999999999998,
          22.0
         ],
         "text": "load smf.connect.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-5",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          260.0,
          84.0,
          185.0,
          22.0
         ],
         "text": "load smf.keyboard.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-6",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          500.0,
          84.0,
          165.2,
          22.0
         ],
         "text": "load smf.param.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-7",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          119.99999999999999,
          165.2,
          22.0
         ],
         "text": "load smf.score.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-8",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          260.0,
          119.99999999999999,
          185.0,
          22.0
         ],
         "text": "load smf.snapshot.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-9",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          500.0,
          119.99999999999999,
          165.2,
          22.0
         ],
         "text": "load smf.voice.maxhelp"
        }
       },
       {
        "box": {
         "id": "obj-10",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          222.0,
          469.4,
          22.0
         ],
         "text": "the daemon's page in a browser, with all parameters, meters and scope"
        }
       },
       {
        "box": {
         "id": "obj-11",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          252.0,
          297.2,
          22.0
         ],
         "text": "; max launchbrowser http://127.0.0.1:7771/"
        }
       }
      ],
      "lines": [
       {
        "patchline": {
         "source": [
          "obj-4",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-5",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-6",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-7",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-8",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-9",
          0
         ],
         "destination": [
          "obj-3",
          0
         ]
        }
       }
      ],
      "dependency_cache": [],
      "autosave": 0
     }
    }
   }
  ],
  "lines": [],
  "dependency_cache": [],
  "autosave": 0,
  "showrootpatcherontab": 0
 }
}
