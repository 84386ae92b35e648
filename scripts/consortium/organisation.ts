/**
 * What add-organisation.sh and remove-organisation.sh cannot do with Fabric's own programs.
 *
 *   prepare NAME          gives a new organisation its place, keys, certificates and an administrator
 *   change NAME           prints the change that adds it, with its definition, as JSON
 *   admitted NAME         notes that the channels have it as a member
 *   start NAME            starts its servers
 *   settled               returns when the orderers of all members take part
 *   retire NAME           stops its servers, and notes that it is no member
 */
import { rmSync } from 'node:fs';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { retireOrganisation, startOrganisation } from '../../network/consortium.ts';
import { defineOrganisation } from '../../network/fabric/channel-config.ts';
import { ensureOrganisationCrypto } from '../../network/fabric/crypto.ts';
import { awaitAllOrderers } from '../../network/fabric/readiness.ts';
import { type ConsortiumState, requireState, writeShellSettings } from '../../network/fabric/state.ts';
import { type Home, openHome } from '../../network/home/home.ts';
import { makeRoomFor, noteAdmission, requireOrganisation } from '../../network/home/membership.ts';
import { createMember } from '../../network/pki/pki.ts';
import { runCommand } from '../cli/command.ts';

type Step = (home: Home, state: ConsortiumState, name: string) => Promise<void> | void;

const STEPS: Readonly<Record<string, Step>> = {
  async prepare(home, state, name) {
    const organisation = makeRoomFor(home, name);
    await ensureOrganisationCrypto(home, state.fabric, organisation);
    await createMember(home, { name: `admin@${name}`, organisation: name, role: 'admin', tenants: '*' });
  },
  async change(home, state, name) {
    const organisation = requireOrganisation(home, name);
    const definition = await defineOrganisation(home, state.fabric, organisation);
    console.log(JSON.stringify({ kind: 'add', mspId: organisation.mspId, ...definition }, null, 2));
  },
  admitted(home, _state, name) {
    noteAdmission(home, name, true);
  },
  start: (home, state, name) => startOrganisation(home, state, requireOrganisation(home, name)),
  settled: (home) => awaitAllOrderers(home),
  async retire(home, state, name) {
    await retireOrganisation(home, state, requireOrganisation(home, name));
    noteAdmission(home, name, false);
    // An orderer that was put out of a channel cannot take part again with what it kept; should its organisation
    // come back, it gets the blocks anew.
    rmSync(home.path('data', `${name}-orderer`), { recursive: true, force: true });
  },
};

await runCommand({
  help: 'Part of add-organisation.sh and remove-organisation.sh.',
  options: {},
  async run({ positionals: [step = '', name = ''] }) {
    const act = STEPS[step];
    if (act === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(STEPS).join(', ')}`);
    const home = openHome();
    const state = requireState(home);
    await act(home, state, name);
    writeShellSettings(home, state);
    return 0;
  },
});
