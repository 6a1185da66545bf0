import * as listing from '../deciding/listing.ts';
import { documented, type Probe } from '../probe.ts';

const CREATE = documented('bulk-create-contacts');

/** What requests for lists do. */
export const listingProbes: readonly Probe[] = [
  {
    id: 'P55',
    fact: 'list_changes',
    assumption: 'A contact is on a list, and off it, when Apollo says so.',
    source: 'success without effect was seen of 15 to 17 % of removals in 2026',
    asks: ['list.add', 'list.add.shown', 'list.remove', 'list.remove.shown'],
    expected: 'done',
    decide: listing.listChanges,
    otherwise: 'Lists are not what runs say. Read them back.',
    dependsOn: 'connector/steps/remove-from-lists.ts',
    quirk: 'listChanges',
  },
  {
    id: 'P56',
    fact: 'append_to_existing',
    assumption: 'append_label_names does not reach contacts that were found.',
    source: `${CREATE} says both`,
    asks: ['list.remove.shown', 'list.existing', 'list.existing.shown'],
    expected: 'no',
    decide: listing.appended,
    otherwise: 'Nothing goes wrong but with `on_existing: skip`: found contacts are put on the lists of new ones.',
    dependsOn: 'connector/steps/create.ts',
    quirk: 'appendLabelsToExisting',
  },
  {
    id: 'P71',
    fact: 'absent_in_lists',
    assumption: 'An unknown id that is put on a list is ignored.',
    source: documented('add-records-to-a-list'),
    asks: ['list.absent'],
    expected: 'ignored',
    decide: listing.absentInLists,
    otherwise: 'One record that is gone has the whole request refused; it is found by halves.',
    dependsOn: 'connector/steps/add-to-lists.ts',
    quirk: 'absentInLists',
  },
];
