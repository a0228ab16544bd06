import { routeEditorText } from '@/text/route-editor';

import { roundShare } from '../split';
import { end, equals, model, number, start, text } from './parts';
import type { Template } from './template';

const words = routeEditorText.templates;
const { fields, titles } = words;

export const simple: Template = {
  id: 'simple',
  ...words.simple,
  fields: [{ id: 'model', kind: 'model', label: fields.model, value: 'mock/large' }],
  build: (values) => ({ elements: [start('model'), model('model', titles.model, text(values, 'model')), end()] }),
};

export const paidAndFree: Template = {
  id: 'paid-and-free',
  ...words.paidAndFree,
  fields: [
    { id: 'field', kind: 'operand', label: fields.planField, value: 'metadata.userPlan' },
    { id: 'paid', kind: 'text', label: fields.paidPlan, value: 'paid' },
    { id: 'premium', kind: 'model', label: fields.premiumModel, value: 'mock/large' },
    { id: 'small', kind: 'model', label: fields.smallModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('plan'),
      equals('plan', titles.paidPlan, text(values, 'field'), text(values, 'paid'), 'premium', 'small'),
      model('premium', titles.premium, text(values, 'premium'), 'small'),
      model('small', titles.small, text(values, 'small')),
      end(),
    ],
  }),
};

export const abTest: Template = {
  id: 'ab-test',
  ...words.abTest,
  fields: [
    { id: 'share', kind: 'percent', label: fields.shareA, value: 50, min: 1, max: 99 },
    { id: 'sticky', kind: 'operand', label: fields.stickyBy, value: 'metadata.user_id' },
    { id: 'a', kind: 'model', label: fields.modelA, value: 'mock/large' },
    { id: 'b', kind: 'model', label: fields.modelB, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('split'),
      {
        id: 'split',
        type: 'percentage',
        title: titles.abTest,
        outputs: { A: { elementId: 'model-a' }, B: { elementId: 'model-b' } },
        properties: {
          branches: [
            { name: 'A', weight: number(values, 'share') },
            { name: 'B', weight: roundShare(100 - number(values, 'share')) },
          ],
          sticky: text(values, 'sticky'),
        },
      },
      model('model-a', titles.modelA, text(values, 'a'), 'model-b'),
      model('model-b', titles.modelB, text(values, 'b')),
      end(),
    ],
  }),
};

export const gradualRollout: Template = {
  id: 'gradual-rollout',
  ...words.gradualRollout,
  fields: [
    { id: 'share', kind: 'percent', label: fields.shareNew, value: 10, min: 0, max: 100 },
    { id: 'sticky', kind: 'operand', label: fields.stickyBy, value: 'metadata.user_id' },
    { id: 'new', kind: 'model', label: fields.newModel, value: 'mock/large' },
    { id: 'current', kind: 'model', label: fields.currentModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('rollout'),
      {
        id: 'rollout',
        type: 'percentage',
        title: titles.rollout,
        outputs: { new: { elementId: 'new-model' }, else: { elementId: 'current-model' } },
        properties: { branches: [{ name: 'new', weight: number(values, 'share') }], sticky: text(values, 'sticky') },
      },
      model('new-model', titles.newModel, text(values, 'new'), 'current-model'),
      model('current-model', titles.currentModel, text(values, 'current')),
      end(),
    ],
  }),
};

export const providerFailover: Template = {
  id: 'provider-failover',
  ...words.providerFailover,
  fields: [
    { id: 'first', kind: 'model', label: fields.firstModel, value: 'mock/flaky' },
    { id: 'second', kind: 'model', label: fields.secondModel, value: 'mock/large' },
    { id: 'third', kind: 'model', label: fields.thirdModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('first'),
      // The next model is the next try.
      model('first', titles.first, text(values, 'first'), 'second', 0),
      model('second', titles.second, text(values, 'second'), 'third', 0),
      model('third', titles.third, text(values, 'third'), undefined, 0),
      end(),
    ],
  }),
};
