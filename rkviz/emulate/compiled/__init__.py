"""The plan and the float network as onnxruntime graphs: the speed."""
