import { expect } from 'chai';
import { listPorts, PORT_SPAN, portsFrom } from './ports.ts';

describe('ports', () => {
  it('gives every server a port of its own within the range', () => {
    const ports = listPorts(portsFrom(9000));
    expect(new Set(ports).size)
      .to.equal(ports.length)
      .and.to.equal(6 + 3 * 10);
    expect(Math.min(...ports)).to.equal(9000);
    expect(Math.max(...ports)).to.be.lessThan(9000 + PORT_SPAN);
  });
});
