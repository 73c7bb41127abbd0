// Loaded before Azurite: its parent holds the other end of standard input, so the end of that, which comes however the
// parent died, ends Azurite too, with its files written. Nobody may be left to read what it prints meanwhile.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
