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
   480.0
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
      "v1"
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
      308.0,
      420.0,
      104.0
     ],
     "presentation": 1,
     "presentation_rect": [
      20.0,
      308.0,
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
     "id": "obj-4",
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
      460.0,
      116.0,
      240.0,
      250.0
     ],
     "presentation": 1,
     "presentation_rect": [
      460.0,
      116.0,
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
