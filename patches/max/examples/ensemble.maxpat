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
   900.0,
   984.0
  ],
  "openinpresentation": 1,
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
      16.0,
      420.0,
      86.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      16.0,
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
     "id": "obj-2",
     "maxclass": "bpatcher",
     "name": "smf.snapshot.maxpat",
     "args": [],
     "numinlets": 1,
     "numoutlets": 0,
     "outlettype": [],
     "patching_rect": [
      460.0,
      16.0,
      420.0,
      62.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      16.0,
      420.0,
      62.0
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
     "name": "smf.voice.maxpat",
     "args": [
      "v1",
      "clarinet-trumpet"
     ],
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20.0,
      116.0,
      420.0,
      178.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      116.0,
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
     "viewvisibility": 1,
     "varname": "v1"
    }
   },
   {
    "box": {
     "id": "obj-4",
     "maxclass": "bpatcher",
     "name": "smf.voice.maxpat",
     "args": [
      "v2",
      "clarinet-trumpet"
     ],
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      116.0,
      420.0,
      178.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      116.0,
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
     "viewvisibility": 1,
     "varname": "v2"
    }
   },
   {
    "box": {
     "id": "obj-5",
     "maxclass": "bpatcher",
     "name": "smf.voice.maxpat",
     "args": [
      "v3",
      "clarinet-trumpet"
     ],
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      20.0,
      308.0,
      420.0,
      178.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      308.0,
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
     "viewvisibility": 1,
     "varname": "v3"
    }
   },
   {
    "box": {
     "id": "obj-6",
     "maxclass": "bpatcher",
     "name": "smf.voice.maxpat",
     "args": [
      "v4",
      "clarinet-trumpet"
     ],
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      308.0,
      420.0,
      178.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      308.0,
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
     "viewvisibility": 1,
     "varname": "v4"
    }
   },
   {
    "box": {
     "id": "obj-7",
     "maxclass": "bpatcher",
     "name": "smf.keyboard.maxpat",
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
      510.00000000000006,
      420.0,
      104.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      510.0,
      420.0,
      104.0
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
     "id": "obj-8",
     "maxclass": "bpatcher",
     "name": "smf.score.maxpat",
     "args": [],
     "numinlets": 1,
     "numoutlets": 0,
     "outlettype": [],
     "patching_rect": [
      460.0,
      510.00000000000006,
      420.0,
      90.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      510.0,
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
   },
   {
    "box": {
     "id": "obj-9",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "outlettype": [],
     "patching_rect": [
      460.0,
      717.0,
      80.0,
      22.0
     ],
     "text": "s smf-send"
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
      460.0,
      615.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      616.0,
      140.0,
      22.0
     ],
     "text": "all begin"
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
     "parameter_enable": 0,
     "patching_rect": [
      460.0,
      678.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      640.0,
      140.0,
      22.0
     ],
     "text": "/voice/v*/gate 1"
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
      620.0,
      615.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      620.0,
      616.0,
      140.0,
      22.0
     ],
     "text": "all end"
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
     "parameter_enable": 0,
     "patching_rect": [
      620.0,
      678.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      620.0,
      640.0,
      140.0,
      22.0
     ],
     "text": "/voice/v*/gate 0"
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
      460.0,
      762.0,
      110.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      670.0,
      110.0,
      22.0
     ],
     "text": "presets in Max"
    }
   },
   {
    "box": {
     "id": "obj-15",
     "maxclass": "live.tab",
     "numinlets": 1,
     "numoutlets": 3,
     "outlettype": [
      "",
      "",
      "float"
     ],
     "parameter_enable": 1,
     "patching_rect": [
      460.0,
      792.0,
      190.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      574.0,
      670.0,
      190.0,
      22.0
     ],
     "varname": "Preset",
     "num_lines_presentation": 1,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Preset",
       "parameter_shortname": "Preset",
       "parameter_type": 2,
       "parameter_mmin": 0.0,
       "parameter_mmax": 3.0,
       "parameter_enum": [
        "1",
        "2",
        "3",
        "4"
       ]
      }
     }
    }
   },
   {
    "box": {
     "id": "obj-16",
     "maxclass": "live.text",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "patching_rect": [
      700.0,
      792.0,
      106.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      774.0,
      670.0,
      106.0,
      22.0
     ],
     "varname": "Keep",
     "text": "keep",
     "texton": "keep",
     "mode": 0,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Keep",
       "parameter_shortname": "Keep",
       "parameter_type": 2,
       "parameter_mmin": 0.0,
       "parameter_mmax": 1.0,
       "parameter_enum": [
        "off",
        "on"
       ]
      }
     }
    }
   },
   {
    "box": {
     "id": "obj-17",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      822.0,
      40.0,
      22.0
     ],
     "text": "+ 1"
    }
   },
   {
    "box": {
     "id": "obj-18",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "int",
      "int"
     ],
     "patching_rect": [
      460.0,
      852.0,
      47.0,
      22.0
     ],
     "text": "t i i"
    }
   },
   {
    "box": {
     "id": "obj-19",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      882.0,
      106.39999999999999,
      22.0
     ],
     "text": "prepend recall"
    }
   },
   {
    "box": {
     "id": "obj-20",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      942.0,
      317.59999999999997,
      22.0
     ],
     "text": "pattrstorage smfosc @savemode 0 @autorestore 0"
    }
   },
   {
    "box": {
     "id": "obj-21",
     "maxclass": "newobj",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      700.0,
      852.0,
      40.0,
      22.0
     ],
     "text": "i 1"
    }
   },
   {
    "box": {
     "id": "obj-22",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      700.0,
      882.0,
      99.8,
      22.0
     ],
     "text": "prepend store"
    }
   },
   {
    "box": {
     "id": "obj-23",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      "bang"
     ],
     "patching_rect": [
      700.0,
      822.0,
      40.0,
      22.0
     ],
     "text": "t b"
    }
   }
  ],
  "lines": [
   {
    "patchline": {
     "source": [
      "obj-11",
      0
     ],
     "destination": [
      "obj-9",
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
      "obj-9",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-17",
      0
     ],
     "destination": [
      "obj-18",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-18",
      0
     ],
     "destination": [
      "obj-19",
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
      "obj-17",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-19",
      0
     ],
     "destination": [
      "obj-20",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-21",
      0
     ],
     "destination": [
      "obj-22",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-16",
      0
     ],
     "destination": [
      "obj-23",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-23",
      0
     ],
     "destination": [
      "obj-21",
      0
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-18",
      1
     ],
     "destination": [
      "obj-21",
      1
     ]
    }
   },
   {
    "patchline": {
     "source": [
      "obj-22",
      0
     ],
     "destination": [
      "obj-20",
      0
     ]
    }
   }
  ],
  "dependency_cache": [],
  "autosave": 0,
  "parameters": {
   "obj-15": [
    "Preset",
    "Preset",
    0
   ],
   "obj-16": [
    "Keep",
    "Keep",
    0
   ],
   "inherited_shortname": 1
  }
 }
}
