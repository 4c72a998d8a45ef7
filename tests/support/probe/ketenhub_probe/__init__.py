"""A tiny partner and exchange that use every seam of the hub; installed beside it, as somebody else's would be."""
