// Nothing to call: this target's one symbol is for the linker.
