"""Real event hubs, over AMQP with azure-eventhub: recorded events sent to one, and the local host fed by one."""
