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
   814.0,
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
          128.0,
          27.0
         ],
         "text": "smf.voice",
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
          212.0,
          22.0
         ],
         "text": "one voice of the smfosc daemon"
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
         "name": "smf.voice.maxpat",
         "args": [
          "v1"
         ],
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          254.0,
          420.0,
          178.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          254.0,
          420.0,
          178.0
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
     "text": "p notes",
     "patching_rect": [
      140.0,
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
          80.0,
          27.0
         ],
         "text": "notes",
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
          205.39999999999998,
          22.0
         ],
         "text": "pitch and velocity are a note"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.voice.maxpat",
         "args": [
          "v1"
         ],
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          290.0,
          420.0,
          178.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          290.0,
          420.0,
          178.0
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
          480.0,
          113.0,
          22.0
         ],
         "text": "print smf.voice"
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
          59.599999999999994,
          22.0
         ],
         "text": "68 100"
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
          53.599999999999994,
          22.0
         ],
         "text": "begins"
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
          46.4,
          22.0
         ],
         "text": "68 0"
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
          40.4,
          22.0
         ],
         "text": "ends"
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
          66.19999999999999,
          22.0
         ],
         "text": "70.5 90"
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
          119.6,
          22.0
         ],
         "text": "between the keys"
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
          119.0,
          22.0
         ],
         "text": "note 67 100 400"
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
          86.6,
          22.0
         ],
         "text": "400 ms long"
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
          0
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
          0
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
     "text": "p parameters",
     "patching_rect": [
      260.0,
      42.0,
      94.0,
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
          140.0,
          27.0
         ],
         "text": "parameters",
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
          297.8,
          22.0
         ],
         "text": "a parameter by its name, with a glide in ms"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.voice.maxpat",
         "args": [
          "v1"
         ],
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          290.0,
          420.0,
          178.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          290.0,
          420.0,
          178.0
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
          480.0,
          113.0,
          22.0
         ],
         "text": "print smf.voice"
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
          72.8,
          22.0
         ],
         "text": "pitch 70"
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
          60.199999999999996,
          22.0
         ],
         "text": "at once"
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
          112.39999999999999,
          22.0
         ],
         "text": "pitch 64.5 500"
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
          119.6,
          22.0
         ],
         "text": "in half a second"
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
          105.8,
          22.0
         ],
         "text": "timbre 1 2000"
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
          179.0,
          22.0
         ],
         "text": "if the model has a timbre"
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
          152.0,
          22.0
         ],
         "text": "pitch/normalized 0.5"
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
          165.79999999999998,
          22.0
         ],
         "text": "the middle of its range"
        }
       },
       {
        "box": {
         "id": "obj-13",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          140.0,
          216.00000000000003,
          99.19999999999999,
          22.0
         ],
         "text": "pitch/hz 440"
        }
       },
       {
        "box": {
         "id": "obj-14",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          216.00000000000003,
          93.19999999999999,
          22.0
         ],
         "text": "by frequency"
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
          0
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
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-13",
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
   },
   {
    "box": {
     "id": "obj-4",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p sound",
     "patching_rect": [
      380.0,
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
          80.0,
          27.0
         ],
         "text": "sound",
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
          146.0,
          22.0
         ],
         "text": "what every voice has"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.voice.maxpat",
         "args": [
          "v1"
         ],
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          290.0,
          420.0,
          178.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          290.0,
          420.0,
          178.0
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
          480.0,
          113.0,
          22.0
         ],
         "text": "print smf.voice"
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
          59.599999999999994,
          22.0
         ],
         "text": "gate 1"
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
          47.0,
          22.0
         ],
         "text": "opens"
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
          59.599999999999994,
          22.0
         ],
         "text": "gate 0"
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
          53.599999999999994,
          22.0
         ],
         "text": "closes"
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
          92.6,
          22.0
         ],
         "text": "gain -6 100"
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
          99.8,
          22.0
         ],
         "text": "dB, in 100 ms"
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
          92.6,
          22.0
         ],
         "text": "pan -1 1000"
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
          165.79999999999998,
          22.0
         ],
         "text": "to the left in a second"
        }
       },
       {
        "box": {
         "id": "obj-13",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          140.0,
          216.00000000000003,
          119.0,
          22.0
         ],
         "text": "temperature 0.8"
        }
       },
       {
        "box": {
         "id": "obj-14",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          216.00000000000003,
          132.8,
          22.0
         ],
         "text": "purer than trained"
        }
       },
       {
        "box": {
         "id": "obj-15",
         "maxclass": "message",
         "numinlets": 2,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          170.0,
          249.0,
          53.0,
          22.0
         ],
         "text": "reset"
        }
       },
       {
        "box": {
         "id": "obj-16",
         "maxclass": "comment",
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          430.0,
          249.0,
          152.6,
          22.0
         ],
         "text": "the model begins anew"
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
          0
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
          0
         ]
        }
       },
       {
        "patchline": {
         "source": [
          "obj-13",
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
          "obj-15",
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
   },
   {
    "box": {
     "id": "obj-5",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p model",
     "patching_rect": [
      500.0,
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
          80.0,
          27.0
         ],
         "text": "model",
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
          502.4,
          22.0
         ],
         "text": "another model is crossfaded to; parameters of equal name keep their values"
        }
       },
       {
        "box": {
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.voice.maxpat",
         "args": [
          "v1"
         ],
         "numinlets": 1,
         "numoutlets": 1,
         "outlettype": [
          ""
         ],
         "patching_rect": [
          20.0,
          290.0,
          420.0,
          178.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          290.0,
          420.0,
          178.0
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
          480.0,
          113.0,
          22.0
         ],
         "text": "print smf.voice"
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
          165.2,
          22.0
         ],
         "text": "model clarinet-trumpet"
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
          66.8,
          22.0
         ],
         "text": "in 50 ms"
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
          198.2,
          22.0
         ],
         "text": "model clarinet-trumpet 2000"
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
          53.599999999999994,
          22.0
         ],
         "text": "in 2 s"
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
          79.4,
          22.0
         ],
         "text": "model/get"
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
          93.19999999999999,
          22.0
         ],
         "text": "which is it?"
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
          0
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
     "id": "obj-6",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p reference",
     "patching_rect": [
      620.0,
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
          212.0,
          22.0
         ],
         "text": "one voice of the smfosc daemon"
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
          284.59999999999997,
          22.0
         ],
         "text": "inlet 1: list: a note, pitch and velocity"
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
          608.0,
          22.0
         ],
         "text": "anything: a message below /voice/NAME/, as pitch 70 20; bang: ask for the parameters again"
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
          429.79999999999995,
          22.0
         ],
         "text": "outlet 1: list: what the daemon tells of the voice, as pitch 70"
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
          383.59999999999997,
          22.0
         ],
         "text": "argument 1. the voice's name, as in /voice/NAME (needed)"
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
          528.8,
          22.0
         ],
         "text": "argument 2. a model: when there is no such voice it is made with it (optional)"
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
     "id": "obj-7",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p ?",
     "patching_rect": [
      740.0,
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
          145.39999999999998,
          22.0
         ],
         "text": "load smf.xy.maxhelp"
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
