package sae4j.backends.tornadovm.kernels;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks the loop variable whose iterations may run at the same time.
///
/// TornadoVM reads the annotation that the system property `tornado.load.annotation.parallel`
/// names. The backend names this one, so that kernels compile and are tested without TornadoVM.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE_USE, ElementType.LOCAL_VARIABLE})
public @interface Parallel {}
