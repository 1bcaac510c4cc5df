;; Two instances of one component: their state is their own, and their resources are of different types.
(component
  (component $Counter
    (core module $M
      (global $n (mut i32) (i32.const 0))
      (func (export "add") (param i32) (result i32)
        (global.set $n (i32.add (global.get $n) (local.get 0)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (type $ticket' (resource (rep i32)))
    (export $ticket "ticket" (type $ticket'))
    (canon resource.new $ticket' (core func $new))
    (core module $T
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "issue") (result i32) (call $new (i32.const 7)))
      (func (export "check") (param i32) (result i32) (local.get 0)))
    (core instance $t (instantiate $T (with "" (instance (export "new" (func $new))))))
    (func (export "add") (param "n" u32) (result u32) (canon lift (core func $m "add")))
    (func (export "issue") (result (own $ticket)) (canon lift (core func $t "issue")))
    (func (export "check") (param "t" (borrow $ticket)) (result u32) (canon lift (core func $t "check"))))

  (instance $a (instantiate $Counter))
  (instance $b (instantiate $Counter))

  (component $Both
    (import "a" (instance $a
      (export "ticket" (type $ticket (sub resource)))
      (export "add" (func (param "n" u32) (result u32)))
      (export "issue" (func (result (own $ticket))))
      (export "check" (func (param "t" (borrow $ticket)) (result u32)))))
    (import "b" (instance $b
      (export "ticket" (type $ticket (sub resource)))
      (export "add" (func (param "n" u32) (result u32)))
      (export "issue" (func (result (own $ticket))))
      (export "check" (func (param "t" (borrow $ticket)) (result u32)))))
    (core func $add-a (canon lower (func $a "add")))
    (core func $add-b (canon lower (func $b "add")))
    (core func $issue-a (canon lower (func $a "issue")))
    (core func $check-b (canon lower (func $b "check")))
    (core module $M
      (import "" "add-a" (func $add-a (param i32) (result i32)))
      (import "" "add-b" (func $add-b (param i32) (result i32)))
      (import "" "issue-a" (func $issue-a (result i32)))
      (import "" "check-b" (func $check-b (param i32) (result i32)))
      ;; adds to both, and answers a * 1000 + b
      (func (export "run") (param i32 i32) (result i32)
        (i32.add
          (i32.mul (call $add-a (local.get 0)) (i32.const 1000))
          (call $add-b (local.get 1))))
      (func (export "confuse") (result i32) (call $check-b (call $issue-a))))
    (core instance $m (instantiate $M (with "" (instance
      (export "add-a" (func $add-a)) (export "add-b" (func $add-b))
      (export "issue-a" (func $issue-a)) (export "check-b" (func $check-b))))))
    (func (export "run") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "run")))
    (func (export "confuse") (result u32) (canon lift (core func $m "confuse"))))

  (instance $both (instantiate $Both (with "a" (instance $a)) (with "b" (instance $b))))
  (export "run" (func $both "run"))
  (export "confuse" (func $both "confuse")))
