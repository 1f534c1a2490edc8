// Preloaded into a step program by a test: the lower edge of every jittered wait, so that six attempts take no seconds.
Math.random = () => 0.001
