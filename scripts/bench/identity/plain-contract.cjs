/** What a contract costs that asks nobody and checks nothing: the alternative to registering a device. */
const { Buffer } = require('node:buffer');

const { Contract } = require('fabric-contract-api');

class PlainContract extends Contract {
  async Put(context, key, value) {
    await context.stub.putState(key, Buffer.from(value));
  }
}

module.exports = { PlainContract };
