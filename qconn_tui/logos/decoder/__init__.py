"""Decoding pictures in a worker process with limits: `process` is the parent's side, `worker` the child's."""
