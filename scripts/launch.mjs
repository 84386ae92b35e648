// Runs one of our commands: `node scripts/launch.mjs NAME [ARGUMENTS…]`. It needs no package, so that it works on a
// fresh clone: it installs the packages when they do not fit the lock file, then hands over to the Node.js that
// came with them (24), whatever the system's own is.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(checkout, 'node_modules');
const node = join(modules, '.bin', 'node');
const stamp = join(modules, '.installed-from');
const [name = '', ...rest] = process.argv.slice(2);

/** Which package-lock.json node_modules was made from. */
function wanted() {
  return createHash('sha256')
    .update(readFileSync(join(checkout, 'package-lock.json')))
    .digest('hex');
}

function installed() {
  return existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();
}

function install() {
  // npm ci follows a link, and empties the folder that other checkouts use.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
    process.stderr.write(
      `${modules} is a symbolic link, and what it leads to was not installed from this package-lock.json. Installing\n` +
        'would empty that folder, so nothing was done: remove the link and run this again, or install there.\n',
    );
    process.exit(1);
  }
  process.stderr.write('  installing npm packages … ');
  const started = Date.now();
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: checkout,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.status !== 0) {
    process.stderr.write(`failed\n${result.stdout ?? ''}${result.stderr ?? String(result.error)}\n`);
    process.stderr.write('npm ci failed: see above; is the npm registry reachable?\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted());
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`Node.js 20 or newer is needed, this is ${process.versions.node}.\n`);
  process.exit(1);
}
if (!installed()) install();

const child = spawn(node, [join(checkout, 'scripts', `${name}.ts`), ...rest], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(checkout, 'node_modules', '.bin')}:${process.env.PATH ?? ''}` },
});
// Ctrl-C reaches the whole process group: the command itself decides how to end, we wait for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  process.exit(code ?? (signal === 'SIGINT' ? 130 : 1));
});
