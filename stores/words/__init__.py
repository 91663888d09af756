"""What rows hold, as people read it on terminals and pages."""
