// PrivateStack
