/**
 * Fabric's shim formats each of its debug lines, ten for every key that is read or written and all arguments, before it
 * finds that nobody wants them: a quarter of what a transaction with many writes costs. Where they are not wanted, they are not
 * made. (A name that a later shim does not have any more does no harm.)
 */
import { Shim } from 'fabric-shim';

const TALKATIVE = [
  'lib/handler.js',
  'lib/stub.js',
  'lib/chaincode.js',
  'lib/iterators.js',
  'contracts-spi/chaincodefromcontract.js',
  'contracts-spi/datamarshall.js',
];

for (const name of TALKATIVE) {
  const logger = Shim.newLogger(name);
  if (!logger.isDebugEnabled()) logger.debug = () => logger;
}
