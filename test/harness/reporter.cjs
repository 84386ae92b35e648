/** Mocha's spec reporter, which also writes how many tests passed and failed where BIOT_TEST_COUNTS says. */
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(
        process.env.BIOT_TEST_COUNTS,
        JSON.stringify({ passed: passes, failed: failures, pending }),
      );
    });
  }
};
