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
   1227.0,
   760.0
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
      196.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      116.0,
      420.0,
      196.0
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
      196.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      116.0,
      420.0,
      196.0
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
      326.0,
      420.0,
      196.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      326.0,
      420.0,
      196.0
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
      326.0,
      420.0,
      196.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      326.0,
      420.0,
      196.0
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
      546.0,
      420.0,
      104.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      546.0,
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
      546.0,
      420.0,
      62.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      546.0,
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
      651.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      652.0,
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
      676.0,
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
      651.0,
      140.0,
      22.0
     ],
     "presentation": 1,
     "presentation_rect": [
      620.0,
      652.0,
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
      676.0,
      140.0,
      22.0
     ],
     "text": "/voice/v*/gate 0"
    }
   },
   {
    "box": {
     "id": "obj-14",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 1,
     "outlettype": [
      ""
     ],
     "patching_rect": [
      890.0,
      552.0,
      317.59999999999997,
      22.0
     ],
     "text": "pattrstorage smfosc @savemode 0 @autorestore 0"
    }
   },
   {
    "box": {
     "id": "obj-15",
     "maxclass": "newobj",
     "numinlets": 1,
     "numoutlets": 4,
     "outlettype": [
      "",
      "",
      "",
      ""
     ],
     "patching_rect": [
      890.0,
      582.0,
      152.6,
      22.0
     ],
     "text": "autopattr @autoname 1"
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
   }
  ],
  "dependency_cache": [],
  "autosave": 0
 }
}
