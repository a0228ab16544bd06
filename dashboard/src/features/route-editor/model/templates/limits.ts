import { routeEditorText } from '@/text/route-editor';

import { end, equals, limit, model, number, start, text } from './parts';
import type { Template } from './template';

const words = routeEditorText.templates;
const { fields, titles } = words;

const HOUR = 3600;
const DAY = 86_400;

export const rateLimited: Template = {
  id: 'rate-limited',
  ...words.rateLimited,
  fields: [
    { id: 'limit', kind: 'count', label: fields.requests, value: 100, min: 1 },
    { id: 'window', kind: 'window', label: fields.window, value: HOUR },
    { id: 'key', kind: 'operand', label: fields.countedPer, value: 'metadata.user_id' },
    { id: 'model', kind: 'model', label: fields.model, value: 'mock/large' },
    { id: 'cheaper', kind: 'model', label: fields.overLimitModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('limit'),
      limit('limit', null, { key: text(values, 'key'), limit: number(values, 'limit'), limitType: 'count', window: number(values, 'window') }, 'standard', 'cheaper'),
      model('standard', titles.standard, text(values, 'model'), 'cheaper'),
      model('cheaper', titles.cheaper, text(values, 'cheaper')),
      end(),
    ],
  }),
};

export const budgetWithFallback: Template = {
  id: 'budget-with-fallback',
  ...words.budgetWithFallback,
  fields: [
    { id: 'budget', kind: 'money', label: fields.budget, value: 10, min: 0 },
    { id: 'window', kind: 'window', label: fields.window, value: DAY },
    { id: 'key', kind: 'operand', label: fields.countedPer, value: 'metadata.user_id' },
    { id: 'premium', kind: 'model', label: fields.premiumModel, value: 'mock/large' },
    { id: 'cheaper', kind: 'model', label: fields.overBudgetModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('budget'),
      limit('budget', null, { key: text(values, 'key'), limit: number(values, 'budget'), limitType: 'cost', window: number(values, 'window') }, 'premium', 'cheaper'),
      model('premium', titles.premium, text(values, 'premium'), 'cheaper'),
      model('cheaper', titles.cheaper, text(values, 'cheaper')),
      end(),
    ],
  }),
};

export const smartRoute: Template = {
  id: 'smart-route',
  ...words.smartRoute,
  fields: [
    { id: 'admin', kind: 'text', label: fields.admin, value: 'user-admin' },
    { id: 'budget', kind: 'money', label: fields.budget, value: 1, min: 0 },
    { id: 'large', kind: 'model', label: fields.largeModel, value: 'mock/large' },
    { id: 'small', kind: 'model', label: fields.smallModel, value: 'mock/small' },
  ],
  build: (values) => ({
    elements: [
      start('is-admin'),
      equals('is-admin', titles.isAdmin, 'metadata.user_id', text(values, 'admin'), 'budget', 'small'),
      limit('budget', null, { key: 'metadata.user_id', limit: number(values, 'budget'), limitType: 'cost', window: HOUR }, 'large', 'small'),
      model('large', titles.large, text(values, 'large'), 'small'),
      model('small', titles.small, text(values, 'small')),
      end(),
    ],
  }),
};

/**
 * Paid users over their budget get the small model through a node of their own: the way of the free plan stays apart, and
 * the flow can be drawn without crossings.
 */
export const saasPlans: Template = {
  id: 'saas-plans',
  ...words.saasPlans,
  fields: [
    { id: 'free', kind: 'text', label: fields.freePlan, value: 'free' },
    { id: 'key', kind: 'operand', label: fields.countedPer, value: 'metadata.email' },
    { id: 'freeRequests', kind: 'count', label: fields.freeRequests, value: 10, min: 1 },
    { id: 'freeBudget', kind: 'money', label: fields.freeBudget, value: 10, min: 0 },
    { id: 'paidRequests', kind: 'count', label: fields.paidRequests, value: 1000, min: 1 },
    { id: 'paidBudget', kind: 'money', label: fields.paidBudget, value: 100, min: 0 },
    { id: 'mini', kind: 'model', label: fields.freeModel, value: 'mock/small' },
    { id: 'premium', kind: 'model', label: fields.premiumModel, value: 'mock/large' },
  ],
  build: (values) => {
    const per = { key: text(values, 'key'), window: DAY };
    return {
      elements: [
        start('plan'),
        equals('plan', titles.freePlan, 'metadata.plan', text(values, 'free'), 'free-requests', 'paid-requests'),
        limit('free-requests', titles.freeRequests, { ...per, limit: number(values, 'freeRequests'), limitType: 'count' }, 'free-budget'),
        limit('free-budget', titles.freeBudget, { ...per, limit: number(values, 'freeBudget'), limitType: 'cost' }, 'mini'),
        limit('paid-requests', titles.paidRequests, { ...per, limit: number(values, 'paidRequests'), limitType: 'count' }, 'paid-budget'),
        limit('paid-budget', titles.paidBudget, { ...per, limit: number(values, 'paidBudget'), limitType: 'cost' }, 'premium', 'stand-in'),
        model('mini', titles.mini, text(values, 'mini')),
        model('premium', titles.premium, text(values, 'premium'), 'stand-in'),
        model('stand-in', titles.standIn, text(values, 'mini')),
        end(),
      ],
    };
  },
};
