// JobDispatch
