import { startSecondPeer } from '../../network/consortium.ts';
import { ensureSecondPeerCrypto } from '../../network/fabric/crypto.ts';
import { requireState, writeShellSettings } from '../../network/fabric/state.ts';
import { openHome } from '../../network/home/home.ts';
import { noteSecondPeer, requireOrganisation } from '../../network/home/membership.ts';
import { runCommand } from '../cli/command.ts';

await runCommand({
  help: 'Part of join-from-snapshot.sh: gives ORGANISATION a second peer, with keys of its own, and starts it.',
  options: {},
  async run({ positionals: [name = ''] }) {
    const home = openHome();
    const state = requireState(home);
    const organisation = requireOrganisation(home, name);
    await ensureSecondPeerCrypto(home, organisation);
    // Noted first: were the start to fail, npm stop should still know of it.
    noteSecondPeer(home, name);
    writeShellSettings(home, state);
    await startSecondPeer(home, state, organisation);
    return 0;
  },
});
