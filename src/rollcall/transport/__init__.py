"""asyncio to the network: UDP, TCP and the flows over them."""
