"""OSCQuery and the page to play: HTTP and WebSocket on a thread of their own."""
