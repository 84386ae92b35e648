import { expect } from 'chai';

import { isWithin, pagesFor, type PageLink, splitTabs } from './pages.ts';

describe('the pages that a member is led to', () => {
  const devices = { to: '/devices' };

  it('are marked on all that lies below them', () => {
    expect(isWithin('/devices', devices)).to.equal(true);
    expect(isWithin('/devices/press-07', devices)).to.equal(true);
    expect(isWithin('/devices-of-others', devices)).to.equal(false);
    expect(isWithin('/anchors', devices)).to.equal(false);
    expect(isWithin('/devices', { to: '/' })).to.equal(false);
    expect(isWithin('/', { to: '/' })).to.equal(true);
  });

  it('are those of use to that member', () => {
    const nothing = pagesFor(() => false);
    const everything = pagesFor(() => true);
    expect(nothing.map(({ to }) => to)).to.include.members(['/', '/devices', '/policies']);
    expect(everything.filter((page) => !nothing.includes(page)).every(({ needs }) => needs)).to.equal(true);
  });

  it('go into a menu where there are more than a narrow screen has room for, and none is lost', () => {
    const pages = (count: number): PageLink[] =>
      Array.from({ length: count }, (_, index) => ({ to: `/${index}`, label: '', icon: 'empty' }));
    expect(splitTabs(pages(5)).rest).to.deep.equal([]);
    const { tabs, rest } = splitTabs(pages(7));
    expect(tabs).to.have.length(4);
    expect([...tabs, ...rest]).to.deep.equal(pages(7));
  });
});
