import { CHANNELS } from '../home/organisations.ts';
import { auditBlocks } from './audit-blocks.ts';
import { auditHeights, type Heights } from './audit-heights.ts';
import { auditState } from './audit-state.ts';
import type { Case, Scope, Surroundings } from './case.ts';
import { Hearing } from './hearing.ts';
import { isFault, type PeerReport, type Report, verdictOn } from './report.ts';
import type { Witness } from './witness.ts';

/**
 * Puts the same questions to every peer and compares what they say: heights, then blocks, then the contracts' answers.
 * Never throws for what a peer does.
 */
export async function audit(
  witnesses: readonly Witness[],
  scope: Scope,
  surroundings: Surroundings,
): Promise<Report> {
  const hearings = witnesses.map((witness) => new Hearing(witness));
  const context: Case = { hearings, scope, surroundings };
  const heights = await Promise.all(CHANNELS.map((channel) => auditHeights(context, channel)));
  const blocks = await Promise.all(heights.map((each) => auditBlocks(context, each)));
  const state = await auditState(context, heights);
  const findings = [
    ...[...heights, ...blocks, state].flatMap((part) => part.findings),
    ...hearings.flatMap((hearing) => hearing.findings()),
  ];
  return {
    ok: !findings.some(isFault),
    at: new Date().toISOString(),
    peers: hearings.map(({ name, peer }) => ({
      peer: name,
      organisation: peer.organisation.mspId,
      address: peer.address,
      verdict: verdictOn(name, findings),
      heights: heightsOf(name, heights),
    })),
    findings,
    asked: { blocks: blocks.reduce((sum, { asked }) => sum + asked, 0), answers: state.asked },
  };
}

function heightsOf(peer: string, heights: readonly Heights[]): PeerReport['heights'] {
  return Object.fromEntries(
    heights.flatMap(({ channel, tips }) => {
      const tip = tips.get(peer);
      return tip === undefined ? [] : [[channel, tip.height]];
    }),
  );
}
