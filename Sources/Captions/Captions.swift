// Captions
