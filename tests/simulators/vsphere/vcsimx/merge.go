package main

import "reflect"

// overlay lays `over` on `base`: what `over` leaves unset (nil, "", 0) is taken from `base`. Structures behind pointers
// are laid over field by field, lists replace each other as a whole. Neither argument is changed.
func overlay[T any](base, over T) T {
	return merged(reflect.ValueOf(&base).Elem(), reflect.ValueOf(&over).Elem()).Interface().(T)
}

func merged(base, over reflect.Value) reflect.Value {
	switch over.Kind() {
	case reflect.Ptr:
		if over.IsNil() {
			return base
		}
		if base.IsNil() || over.Elem().Kind() != reflect.Struct {
			return over
		}
		out := reflect.New(over.Elem().Type())
		out.Elem().Set(merged(base.Elem(), over.Elem()))
		return out
	case reflect.Interface:
		if over.IsNil() {
			return base
		}
		if base.IsNil() || base.Elem().Type() != over.Elem().Type() {
			return over
		}
		out := reflect.New(over.Type()).Elem()
		out.Set(merged(base.Elem(), over.Elem()))
		return out
	case reflect.Struct:
		out := reflect.New(over.Type()).Elem()
		for i := 0; i < over.NumField(); i++ {
			out.Field(i).Set(merged(base.Field(i), over.Field(i)))
		}
		return out
	case reflect.Bool: // no pointer: always meant
		return over
	case reflect.Slice:
		if over.IsNil() {
			return base
		}
		return over
	default:
		if over.IsZero() {
			return base
		}
		return over
	}
}

// inherit gives what is in force at a port group: its own settings where they say inherited=false, the switch's
// otherwise. What is taken from the switch is marked inherited.
func inherit(parent, own reflect.Value) reflect.Value {
	switch {
	case own.Kind() == reflect.Interface || own.Kind() == reflect.Ptr:
		if own.IsNil() || inherited(own) {
			if parent.IsNil() {
				return own
			}
			return marked(parent)
		}
		if parent.IsNil() {
			return own
		}
		from, to := parent.Elem(), own.Elem()
		if from.Type() != to.Type() || to.Kind() == reflect.Bool {
			return own
		}
		out := reflect.New(own.Type()).Elem()
		if own.Kind() == reflect.Ptr {
			out.Set(reflect.New(to.Type()))
			out.Elem().Set(inherit(from, to))
		} else {
			out.Set(inherit(from, to))
		}
		return out
	case own.Kind() == reflect.Struct:
		out := reflect.New(own.Type()).Elem()
		for i := 0; i < own.NumField(); i++ {
			out.Field(i).Set(inherit(parent.Field(i), own.Field(i)))
		}
		return out
	default:
		return own
	}
}

func inherited(v reflect.Value) bool {
	for v.Kind() == reflect.Ptr || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return false
	}
	flag := v.FieldByName("Inherited")
	return flag.IsValid() && flag.Kind() == reflect.Bool && flag.Bool()
}

// marked is a deep copy in which each policy says that it is inherited.
func marked(v reflect.Value) reflect.Value {
	switch v.Kind() {
	case reflect.Ptr, reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		if v.Kind() == reflect.Ptr {
			out.Set(reflect.New(v.Elem().Type()))
			out.Elem().Set(marked(v.Elem()))
		} else {
			out.Set(marked(v.Elem()))
		}
		return out
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		for i := 0; i < v.NumField(); i++ {
			out.Field(i).Set(marked(v.Field(i)))
		}
		if flag := out.FieldByName("Inherited"); flag.IsValid() && flag.Kind() == reflect.Bool {
			flag.SetBool(true)
		}
		return out
	default:
		return v
	}
}
