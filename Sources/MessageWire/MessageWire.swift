// MessageWire
