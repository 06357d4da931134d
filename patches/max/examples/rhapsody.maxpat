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
   444.0
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
     "name": "smf.voice.maxpat",
     "args": [
      "solo",
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
     "viewvisibility": 1
    }
   },
   {
    "box": {
     "id": "obj-3",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 0,
     "outlettype": [],
     "patching_rect": [
      460.0,
      402.0,
      80.0,
      22.0
     ],
     "text": "s smf-send"
    }
   },
   {
    "box": {
     "id": "obj-4",
     "maxclass": "live.text",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "patching_rect": [
      460.0,
      72.0,
      120.0,
      44.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      66.0,
      120.0,
      44.0
     ],
     "varname": "Play",
     "text": "play",
     "texton": "play",
     "mode": 0,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Play",
       "parameter_shortname": "Play",
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
     "id": "obj-5",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      162.0,
      420.0,
      22.0
     ],
     "text": "/after 0 /voice/solo/timbre 0, /after 0 /voice/solo/gate 1, /after 0 /voice/solo/pitch 64, /after 90 /voice/solo/pitch 65, /after 180 /voice/solo/pitch 64, /after 270 /voice/solo/pitch 65, /after 360 /voice/solo/pitch 64, /after 450 /voice/solo/pitch 65, /after 540 /voice/solo/pitch 64, /after 630 /voice/solo/pitch 65, /after 720 /voice/solo/pitch 64, /after 810 /voice/solo/pitch 65, /after 900 /voice/solo/pitch 64, /after 990 /voice/solo/pitch 65, /after 1080 /voice/solo/pitch 64, /after 1190 /voice/solo/pitch 65, /after 1300 /voice/solo/pitch 67, /after 1410 /voice/solo/pitch 69, /after 1520 /voice/solo/pitch 71, /after 1630 /voice/solo/pitch 72, /after 1740 /voice/solo/pitch 75.6 1400, /after 3140 /voice/solo/timbre 1 1500, /after 3140 /voice/solo/pitch 75.9 90, /after 3230 /voice/solo/pitch 75.3 90, /after 3320 /voice/solo/pitch 75.9 90, /after 3410 /voice/solo/pitch 75.3 90, /after 3500 /voice/solo/pitch 75.9 90, /after 3590 /voice/solo/pitch 75.3 90, /after 3680 /voice/solo/pitch 75.9 90, /after 3770 /voice/solo/pitch 75.3 90, /after 3860 /voice/solo/pitch 75.9 90, /after 3950 /voice/solo/pitch 75.3 90, /after 4040 /voice/solo/pitch 75.9 90, /after 4130 /voice/solo/pitch 75.3 90, /after 4220 /voice/solo/pitch 75.9 90, /after 4310 /voice/solo/pitch 75.3 90, /after 4400 /voice/solo/pitch 75.9 90, /after 4490 /voice/solo/pitch 75.3 90, /after 4580 /voice/solo/pitch 75.9 90, /after 4670 /voice/solo/pitch 75.3 90, /after 4760 /voice/solo/pitch 75.9 90, /after 4850 /voice/solo/pitch 75.3 90, /after 4940 /voice/solo/pitch 76 60, /after 5300 /voice/solo/gate 0"
    }
   },
   {
    "box": {
     "id": "obj-6",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      "bang"
     ],
     "patching_rect": [
      460.0,
      132.0,
      40.0,
      22.0
     ],
     "text": "t b"
    }
   },
   {
    "box": {
     "id": "obj-7",
     "maxclass": "live.text",
     "numinlets": 1,
     "numoutlets": 2,
     "outlettype": [
      "",
      ""
     ],
     "parameter_enable": 1,
     "patching_rect": [
      600.0,
      72.0,
      120.0,
      44.0
     ],
     "presentation": 1,
     "presentation_rect": [
      600.0,
      66.0,
      120.0,
      44.0
     ],
     "varname": "Stop",
     "text": "stop",
     "texton": "stop",
     "mode": 0,
     "saved_attribute_attributes": {
      "valueof": {
       "parameter_longname": "Stop",
       "parameter_shortname": "Stop",
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
     "id": "obj-8",
     "maxclass": "message",
     "numinlets": 2,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      460.0,
      252.0,
      420.0,
      22.0
     ],
     "text": "/clearSched, /voice/solo/gate 0"
    }
   },
   {
    "box": {
     "id": "obj-9",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      "bang"
     ],
     "patching_rect": [
      600.0,
      132.0,
      40.0,
      22.0
     ],
     "text": "t b"
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
      12.0,
      420.0,
      20.0
     ],
     "presentation": 1,
     "presentation_rect": [
      456.0,
      14.0,
      420.0,
      20.0
     ],
     "text": "Every message tells its time; all are sent at once and"
    }
   },
   {
    "box": {
     "id": "obj-11",
     "maxclass": "comment",
     "numinlets": 1,
     "numoutlets": 0,
     "outlettype": [],
     "patching_rect": [
      460.0,
      42.0,
      420.0,
      20.0
     ],
     "presentation": 1,
     "presentation_rect": [
      456.0,
      36.0,
      420.0,
      20.0
     ],
     "text": "performed on the daemon's audio clock."
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
      "obj-6",
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
      "obj-5",
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
      "obj-9",
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
      "obj-8",
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
   }
  ],
  "dependency_cache": [],
  "autosave": 0,
  "parameters": {
   "obj-4": [
    "Play",
    "Play",
    0
   ],
   "obj-7": [
    "Stop",
    "Stop",
    0
   ],
   "inherited_shortname": 1
  }
 }
}
