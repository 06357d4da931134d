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
   700.0,
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
       700.0,
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
          344.0,
          22.0
         ],
         "text": "smf.score: record what is played and play it again"
        }
       },
       {
        "box": {
         "id": "obj-2",
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
          60.0,
          420.0,
          86.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          60.0,
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
         "id": "obj-3",
         "maxclass": "bpatcher",
         "name": "smf.score.maxpat",
         "args": [],
         "numinlets": 1,
         "numoutlets": 0,
         "outlettype": [],
         "patching_rect": [
          20.0,
          170.0,
          420.0,
          90.0
         ],
         "presentation": 1,
         "presentation_rect": [
          20.0,
          170.0,
          420.0,
          90.0
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
     "text": "p messages",
     "patching_rect": [
      140.0,
      42.0,
      80.8,
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
       740.0,
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
          700.4,
          22.0
         ],
         "text": "inlet 1: record NAME; stop NAME; play NAME; pause NAME; resume NAME; loop NAME ON; tempo NAME FACTOR; de"
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
     "id": "obj-3",
     "maxclass": "newobj",
     "numinlets": 0,
     "numoutlets": 0,
     "text": "p ?",
     "patching_rect": [
      260.0,
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
       700.0,
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
          73.4,
          22.0
         ],
         "text": "see also:"
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
          42.0,
          86.6,
          22.0
         ],
         "text": "smf.connect"
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
          150.0,
          42.0,
          93.19999999999999,
          22.0
         ],
         "text": "smf.keyboard"
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
          280.0,
          42.0,
          73.4,
          22.0
         ],
         "text": "smf.param"
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
          410.0,
          42.0,
          93.19999999999999,
          22.0
         ],
         "text": "smf.snapshot"
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
          72.0,
          73.4,
          22.0
         ],
         "text": "smf.voice"
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
          150.0,
          72.0,
          53.599999999999994,
          22.0
         ],
         "text": "smf.xy"
        }
       }
      ],
      "lines": [],
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
