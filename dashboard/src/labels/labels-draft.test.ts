import { expect } from 'chai';

import { draftOfLabels, labelsOf, type LabelsDraft } from './labels-draft.ts';

function errorsOf(draft: LabelsDraft) {
  const made = labelsOf(draft);
  return 'errors' in made ? made.errors : {};
}

describe('the form for groups and tags', () => {
  it('gives back what it was given', () => {
    const labels = { groups: ['hall-7', 'line-2'], tags: { site: 'Ulm' } };
    expect(labelsOf(draftOfLabels(labels))).to.deep.equal({ labels });
  });

  it('takes groups with commas, blanks or both, and ignores empty rows', () => {
    const made = labelsOf({ groups: 'hall-7,line-2  x', tags: [{ name: ' ', value: '' }] });
    expect(made).to.deep.equal({ labels: { groups: ['hall-7', 'line-2', 'x'], tags: {} } });
  });

  it('says what is wrong with a group', () => {
    expect(errorsOf({ groups: 'Hall 7', tags: [] }).groups).to.contain('a-z');
    expect(errorsOf({ groups: 'a a', tags: [] }).groups).to.contain('twice');
  });

  it('says what is wrong with a tag', () => {
    const tag = (name: string, value: string) => ({ name, value });
    expect(errorsOf({ groups: '', tags: [tag('site', '')] }).tags).to.equal('The tag site has no value.');
    expect(errorsOf({ groups: '', tags: [tag('Site', 'Ulm')] }).tags).to.contain('begins with a-z');
    expect(errorsOf({ groups: '', tags: [tag('site', 'Ulm'), tag('site', 'Bonn')] }).tags).to.contain(
      'twice',
    );
    expect(errorsOf({ groups: '', tags: [tag('site', 'x'.repeat(101))] }).tags).to.not.equal(undefined);
  });
});
