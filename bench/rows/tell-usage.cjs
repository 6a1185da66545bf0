// Loaded before a measured program: at its end it writes what it has used to the file descriptor 3.
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  require('node:fs').writeSync(3, JSON.stringify({ cpu: (user + system) / 1e6, peakMb: maxRSS / 1024 }));
});
