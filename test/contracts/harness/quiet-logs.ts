/** Imported before fabric-shim, which otherwise prints each decorator and each refusal. */
process.env['CORE_CHAINCODE_LOGGING_LEVEL'] ??= 'critical';
process.env['CORE_CHAINCODE_LOGGING_SHIM'] ??= 'critical';
