export type ReleaseVerb = 'upload' | 'approve' | 'reject' | 'withdraw';

/** What ends a release, in words: before, on the button, and afterwards. */
export const ENDINGS = {
  reject: {
    title: 'Reject',
    consequence:
      'No device gets it, and its version is used up. Your refusal stays on the ledger with your name.',
    label: 'Reject',
    done: 'is rejected: no device gets it.',
  },
  withdraw: {
    title: 'Withdraw',
    consequence: 'No device gets it from now on. Those that have it keep it. This cannot be taken back.',
    label: 'Withdraw',
    done: 'is withdrawn: no device gets it from now on.',
  },
} as const;
