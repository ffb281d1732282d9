// TediCommands
