"""The numbers: each row measures one promise beside the usual way of doing the same, in the same run."""
