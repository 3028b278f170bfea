"""What pages tell of runs at a glance: counted when a run is judged, or when it is first asked for, and kept."""
