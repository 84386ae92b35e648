/** Who may import whom (docs/architecture.md, "Folders"). Everything that is not listed is forbidden. */
const folders = {
  protocol: '^chaincode/protocol/',
  contracts: '^chaincode/contracts/',
  signing: '^network/signing/',
  sql: '^sql/',
  network: '^network/(?!anchoring/|signing/)',
  // What services that write a log share.
  anchoring: '^network/anchoring/',
  device: '^ingest/device/',
  ingest: '^ingest/(?!device/)',
  notifier: '^gateway/notifier/',
  gateway: '^gateway/(?!notifier/)',
  dashboard: '^dashboard/',
  verify: '^scripts/verify',
  scripts: '^scripts/(?!verify)',
};

const allowed = {
  protocol: [],
  contracts: ['protocol'],
  // Decides what a key may sign: for Node.js and browsers alike.
  signing: ['protocol'],
  sql: ['protocol'],
  network: ['protocol', 'signing'],
  anchoring: ['protocol', 'sql', 'network'],
  device: ['protocol'],
  dashboard: ['protocol', 'signing'],
  ingest: ['protocol', 'sql', 'network', 'anchoring'],
  // Handles what strangers answer: it knows the database and nothing of the ledger.
  notifier: ['protocol', 'sql', 'network'],
  gateway: ['protocol', 'signing', 'sql', 'network', 'anchoring'],
  // Shares nothing with the writers but the protocol; of the network it knows the paths, and how to run a tool.
  verify: ['protocol'],
  // The set-up writes the first sign-ins, a replay acts as a device, and a bench measures the detector.
  scripts: ['protocol', 'signing', 'sql', 'network', 'device', 'verify'],
};

const extra = {
  verify: ['^network/home/', '^scripts/cli/'],
  scripts: ['^gateway/setup/', '^gateway/openapi.ts', '^gateway/routes/index.ts'],
};

const ours = '^(chaincode|sql|network|ingest|gateway|dashboard|scripts)/';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'tests-stay-tests',
      comment: 'what is shipped imports no test and no helper of tests',
      severity: 'error',
      from: { path: ours, pathNot: '\\.test\\.ts$|/testing/' },
      to: { path: '\\.test\\.ts$|/testing/|^test/' },
    },
    {
      name: 'fabric-network-is-fenced',
      comment: 'only the audit of single peers may use it',
      severity: 'error',
      from: { pathNot: '^network/audit/' },
      to: { path: 'node_modules/fabric-network' },
    },
    ...Object.entries(folders).map(([name, path]) => ({
      name: `${name}-imports`,
      comment: `${name} may import ${allowed[name].join(', ') || 'nothing of ours'}`,
      severity: 'error',
      from: { path, pathNot: '\\.test\\.ts$|/testing/' },
      to: {
        path: ours,
        pathNot: [path, ...allowed[name].map((other) => folders[other]), ...(extra[name] ?? [])],
      },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
