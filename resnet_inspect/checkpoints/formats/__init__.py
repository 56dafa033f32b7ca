"""Files of weights as they are written: safetensors, torch, and indexes of shards."""
