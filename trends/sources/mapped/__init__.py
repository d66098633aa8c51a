"""Tables of any layout, read by a mapping file that an analyst writes."""
