import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import DayField from './DayField.vue';

describe('a field for a day', () => {
  it('tells a day once its year is whole, and that there is none', async () => {
    const field = mount(DayField, { props: { label: 'From', modelValue: '2026-03-01' } });
    const input = field.get('input');
    for (const typed of ['0002-03-01', '0020-03-01', '0202-03-01', '2025-03-01', '']) {
      await input.setValue(typed);
    }
    expect(field.emitted('update:modelValue')).toEqual([['2025-03-01'], ['']]);
  });

  it('shows the day that it is given later', async () => {
    const field = mount(DayField, { props: { label: 'From', modelValue: '' } });
    await field.setProps({ modelValue: '2026-03-02' });
    expect(field.get('input').element.value).toBe('2026-03-02');
  });
});
