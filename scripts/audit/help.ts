export const HELP = `
npm run audit [-- OPTIONS]

Asks the peers of every organisation the same questions, each peer by itself, in the auditor's name, and compares what
they say: how many blocks they have; blocks of the same numbers (hashes, transactions, what took effect, the running
hash over the state); the contracts in force, the rules, types, devices, checkpoints of the logs. Every answer has to bear the
signature of its peer. It runs in a process of its own that can read the auditor's certificate, write nothing, and ends
with the report.

  (no option)            everything above; of blocks and devices a sample, another one each time
  --blocks COUNT|all     the newest COUNT blocks of each channel, and as many others drawn by lot (default 20)
  --devices COUNT|all    COUNT devices drawn by lot (default 20)
  --patience SECONDS     how long a peer that is behind may take to catch up (default 10)
  --peer NAME=HOST:PORT  where to find a peer (named after its organisation, a second one operator-2), when not where
                         this instance has it; may be repeated
  --member NAME          in whose name (default auditor@auditor)
  --json                 one JSON object as the last line: ok, at, peers (peer, organisation, address, verdict, heights),
                         findings (kind, peer, channel, subject, what, differences), asked
  --help                 this

What can be found about a peer:
  lies        it says otherwise than a majority of the organisations, contradicts itself, or its answer is not signed
  disagrees   peers differ, and no majority says which of them is right
  lags        it has fewer blocks, and did not catch up in time
  silent      it does not answer
  unsettled   (of no single peer) something changed faster than it could be asked: ask again
  caught-up   it was behind for a moment; that is no fault

Exit code: 0 all agree; 1 a peer lies, or peers disagree; 2 nobody does, but a peer lags or is silent, an answer stayed
unsettled, or the audit could not be made (says why).
`;
