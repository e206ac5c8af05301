"""One consistent made-up business, told in neutral words, that every sandbox server renders in its own wire shape."""
