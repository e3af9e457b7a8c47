"""How a process behaves: logs, standard streams, SIGINT, the event loop, garbage collection."""
