"""The server's memories as a LangGraph store, which clients read, and what they may withdraw."""
