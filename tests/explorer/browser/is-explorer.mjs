// Ends with 0 where the address serves the explorer's page.
const served = await fetch(process.argv[2])
  .then((response) => response.text())
  .then((text) => text.includes('<script id="settings"'))
  .catch(() => false);
process.exit(served ? 0 : 1);
