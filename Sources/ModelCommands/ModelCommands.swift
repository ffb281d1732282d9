// ModelCommands
